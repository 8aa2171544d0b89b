"""One module per verb; each has a `run` whose parameters are the options of the verb. No logic: lower rooms decide."""
