-- Who handed a promotion application in is kept with it: looked up later, it would change with the machine's secret.

ALTER TABLE promotion_applications
    ADD COLUMN maker_id uuid,
    ADD COLUMN self_approved boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT promotion_applications_maker_fkey
        FOREIGN KEY (tenant_id, maker_id) REFERENCES employees (tenant_id, id),
    ADD CONSTRAINT promotion_applications_checker_check CHECK (decided_by_id <> maker_id OR self_approved);
CREATE INDEX promotion_applications_maker_idx ON promotion_applications (tenant_id, maker_id);

COMMENT ON COLUMN promotion_applications.maker_id IS
    'Who handed it in, or answers for the machine that did; null: a machine that nobody answers for.';
COMMENT ON COLUMN promotion_applications.self_approved IS 'Decided by its maker under the small-company switch.';
