"""How slides are made: how much room a text needs, the deck and its one layout, and charts that can be edited there."""
