// Counts what a program asks of malloc and its kin, by standing before them. For measurements, linked into fixtures only.
#ifndef MALLOC_COUNT_H
#define MALLOC_COUNT_H

// Calls on the calling thread since it began.
long malloc_count(void);

#endif
