ALTER TABLE display_names DROP COLUMN competences;
DROP TABLE competence_certificates;
