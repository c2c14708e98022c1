"""Bridges between the agents of this project and the players of other libraries, both ways."""
