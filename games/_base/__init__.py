"""What every package stands on: compilation, random numbers, threads, workers, files, folders, the command line."""
