/* Two-phase commit, as spec/textbook/two_phase.py has it, for N managers. A step is one d_step, and
   the state is packed in bits, so SPIN stores the states that the explorer counts, and few bytes. */

#define WORKING   0
#define PREPARED  1
#define COMMITTED 2
#define ABORTED   3

unsigned resource : 20;     /* two bits for each manager */
unsigned counted : 10;      /* and one bit each here */
unsigned prepared : 10;
unsigned coordinator : 2;   /* 0 undecided, 1 committed, 2 aborted */
bit commit_sent;
bit abort_sent;

#define OF(m) ((resource >> (2 * m)) & 3)
#define MANAGER(m) \
	:: d_step { coordinator == 0 && (prepared & (1 << m)) -> counted = counted | (1 << m) } \
	:: d_step { OF(m) == WORKING -> resource = resource | (PREPARED << (2 * m)); \
	            prepared = prepared | (1 << m) } \
	:: d_step { OF(m) == WORKING -> resource = resource | (ABORTED << (2 * m)) } \
	:: d_step { commit_sent -> \
	            resource = (resource & ~(3 << (2 * m))) | (COMMITTED << (2 * m)) } \
	:: d_step { abort_sent -> resource = resource | (ABORTED << (2 * m)) }

active proctype protocol()
{
end:
	do
	:: d_step { coordinator == 0 && counted == (1 << N) - 1 -> coordinator = 1; commit_sent = 1 }
	:: d_step { coordinator == 0 -> coordinator = 2; abort_sent = 1 }
	MANAGER(0)
	MANAGER(1)
	MANAGER(2)
#if N > 3
	MANAGER(3)
#endif
#if N > 4
	MANAGER(4)
#endif
#if N > 5
	MANAGER(5)
#endif
#if N > 6
	MANAGER(6)
#endif
#if N > 7
	MANAGER(7)
#endif
#if N > 8
	MANAGER(8)
#endif
#if N > 9
	MANAGER(9)
#endif
	od
}
