/* The pipeline, as spec/textbook/pipeline.py has it, for N requests of three steps. A step is one
   d_step, and the state is packed in bits. */

#define IDLE     0
#define RUNNING  1
#define DONE     2
#define DISPUTED 3
#define PAID     4
#define REFUNDED 5

#define DECLARE(r) unsigned phase##r : 3; unsigned step##r : 2; unsigned wrong##r : 3;
#define NEXT(r) if :: step##r == 2 -> phase##r = DONE; step##r = 0 :: else -> step##r++ fi
#define REQUEST(r) \
	:: d_step { phase##r == IDLE -> phase##r = RUNNING } \
	:: d_step { phase##r == RUNNING -> NEXT(r) } \
	:: d_step { phase##r == RUNNING -> wrong##r = wrong##r | (1 << step##r); NEXT(r) } \
	:: d_step { phase##r == DONE -> phase##r = PAID } \
	:: d_step { phase##r == DONE -> phase##r = DISPUTED } \
	:: d_step { phase##r == DISPUTED -> \
	            if :: wrong##r -> phase##r = REFUNDED :: else -> phase##r = PAID fi }

DECLARE(0)
DECLARE(1)
DECLARE(2)
DECLARE(3)
#if N > 4
DECLARE(4)
#endif

active proctype protocol()
{
end:
	do
	REQUEST(0)
	REQUEST(1)
	REQUEST(2)
	REQUEST(3)
#if N > 4
	REQUEST(4)
#endif
	od
}
