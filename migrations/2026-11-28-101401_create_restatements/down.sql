DROP TABLE restatement_proposals;
DROP TABLE restatement_lines;
DROP TABLE restatements;
