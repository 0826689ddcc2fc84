// misbehave, with create_worker() giving the instance itself to every worker.
#define SHARED_WORKER_STATE
#include "misbehave.cpp"
