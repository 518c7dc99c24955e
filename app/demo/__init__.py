"""Demo data: invented firms, products, scenarios and what became of them, replayed through the operations day by day."""
