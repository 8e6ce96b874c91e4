"""What runs around the numbers: settings of the process, progress, locks, interrupts."""
