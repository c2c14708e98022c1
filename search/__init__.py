"""A policy made better at the moment of decision: belief x value estimate x update. (Part of Tamaya.)"""
