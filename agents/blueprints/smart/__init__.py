from agents.blueprints.smart.blueprint import SMART

__all__ = ["SMART"]
