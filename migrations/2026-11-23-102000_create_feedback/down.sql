DROP TABLE application_cases;
DROP TABLE feedback_extensions;
DROP TABLE feedback;
