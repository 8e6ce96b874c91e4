"""Services that compute no score: settings of the process, progress, locks, interrupts."""
