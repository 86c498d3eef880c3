-- Marks are stored in the form in which they are compared: narrow forms of full-width letters, digits and signs, and mail addresses
-- in lower case. A value of a column that must be unique stays as it is where another row already has its comparable form: which of
-- the two records is the person's is for people to decide.

CREATE FUNCTION comparable_mark(mark text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(mark,
        '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～' || E'\u3000\u00A0',
        '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~  ')
$$;

-- Row security hides the rows from the owner as well.
ALTER TABLE employees NO FORCE ROW LEVEL SECURITY;
ALTER TABLE employee_external_ids NO FORCE ROW LEVEL SECURITY;
ALTER TABLE departments NO FORCE ROW LEVEL SECURITY;

UPDATE employees SET email = lower(comparable_mark(email)) WHERE email <> lower(comparable_mark(email));

UPDATE employees e SET employee_number = comparable_mark(e.employee_number)
  FROM (SELECT tenant_id, comparable_mark(employee_number) AS mark FROM employees GROUP BY 1, 2 HAVING count(*) = 1) one
 WHERE one.tenant_id = e.tenant_id AND one.mark = comparable_mark(e.employee_number) AND one.mark <> e.employee_number;

UPDATE employee_external_ids x SET value = comparable_mark(x.value)
  FROM (SELECT tenant_id, system, kind, comparable_mark(value) AS mark
          FROM employee_external_ids GROUP BY 1, 2, 3, 4 HAVING count(*) = 1) one
 WHERE one.tenant_id = x.tenant_id AND one.system = x.system AND one.kind = x.kind AND one.mark = comparable_mark(x.value)
   AND one.mark <> x.value;

UPDATE departments d SET code = comparable_mark(d.code)
  FROM (SELECT tenant_id, comparable_mark(code) AS mark FROM departments GROUP BY 1, 2 HAVING count(*) = 1) one
 WHERE one.tenant_id = d.tenant_id AND one.mark = comparable_mark(d.code) AND one.mark <> d.code;

ALTER TABLE employees FORCE ROW LEVEL SECURITY;
ALTER TABLE employee_external_ids FORCE ROW LEVEL SECURITY;
ALTER TABLE departments FORCE ROW LEVEL SECURITY;

DROP FUNCTION comparable_mark(text);

COMMENT ON COLUMN employees.email IS
    'Mail address for notices, in lower case; one person''s among the staff of each day.';
