/**
 * Unheard, SIGUSR1 has Node open its debugger to everyone on the machine. A program imports this before all else: what
 * stands between Node's own start and the first line is open to it.
 */
process.on('SIGUSR1', () => {});
