DROP TABLE improvement_notices;
DROP TABLE promotion_applications;
DROP TABLE titles;
