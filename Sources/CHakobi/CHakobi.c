#include "CHakobi.h"
