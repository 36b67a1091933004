"""The market: everything among the checkers that knows the marketplace."""
