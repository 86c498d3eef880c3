DROP TABLE advice_findings;
DROP TABLE advice_settings;
