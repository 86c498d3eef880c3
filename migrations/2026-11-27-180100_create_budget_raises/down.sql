DROP TABLE budget_raises;
