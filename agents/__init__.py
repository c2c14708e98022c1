"""What sits at the table: blueprints, searching agents, and the commands that people run. (Part of Tamaya.)"""
