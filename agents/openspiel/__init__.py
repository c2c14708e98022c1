"""OpenSpiel's games at the table: players, bots and policies of others, searches."""
