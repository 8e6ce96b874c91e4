"""Results as text, one way for all: numbers, lines, tables and JSON."""
