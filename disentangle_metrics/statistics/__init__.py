"""Statistics: the numbers of a data set that a metric is made of, and how they come out on rows drawn again."""
