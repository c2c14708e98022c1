"""Programs that write the figures of the README and the documents, each beside its peers in the same run."""
