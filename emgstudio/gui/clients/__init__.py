"""The Clients room: the list, a client's page, names, the bin and the trail."""
