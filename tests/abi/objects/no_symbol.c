/* A shared object that is no plugin. */
int sluice_nothing(void);
int sluice_nothing(void) { return 1; }
