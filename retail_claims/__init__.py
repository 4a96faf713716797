"""The retail programme: claims of the liquidated, adjudicated and paid."""
