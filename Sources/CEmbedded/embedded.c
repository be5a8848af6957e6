// Nothing of its own: each embedded thing has its own file beside this one.
#include "include/CEmbedded.h"
