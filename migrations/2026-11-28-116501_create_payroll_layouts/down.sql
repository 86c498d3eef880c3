DROP TABLE payroll_layouts;
