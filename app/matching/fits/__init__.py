"""The match table: which products fit which scenarios, why, and how it stays true while records change.

`items.py` reads records as matching sees them, `market.py` holds them in memory and brings rows up to date, `table.py` writes them,
`embedding.py` computes embeddings in the background. Only workers and commands do that; web processes read `queries.py`.
"""
