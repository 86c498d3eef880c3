DROP TABLE opportunity_applications;
DROP TABLE training_opportunities;
