/* What Glibc's Swift module leaves out, and nothing else. */
#ifndef CHAKOBI_H
#define CHAKOBI_H
#endif
