"""How a shop writes its transactions: the mapping `shop.yaml`, the layouts that need none, and how they are found."""
