"""Information that is estimated without bins."""
