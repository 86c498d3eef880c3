DROP TABLE what_if_lecturers;
DROP TABLE what_if_periods;
DROP TABLE what_ifs;
