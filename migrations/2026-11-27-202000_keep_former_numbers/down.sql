DROP TABLE former_employee_numbers;
