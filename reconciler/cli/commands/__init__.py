"""One module per verb; each has a `run` whose parameters are the verb's options. No logic: the engine decides, printers print."""
