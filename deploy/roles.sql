-- Made from deploy/services.yaml by `npm run deploy:render`; changes here are lost.
-- Each service has a role that reaches its own schema and, by grants, those that services share.
-- Run by `ozg-hub migrate --roles`, as the owner of the tables.
BEGIN;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_civento_intake') THEN
    CREATE ROLE ozg_civento_intake LOGIN;
  END IF;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_dms_export') THEN
    CREATE ROLE ozg_dms_export LOGIN;
  END IF;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_epay21_bridge') THEN
    CREATE ROLE ozg_epay21_bridge LOGIN;
  END IF;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_identity') THEN
    CREATE ROLE ozg_identity LOGIN;
  END IF;
END $$;
-- Nobody but the roles below connects to this database, and nobody finds a schema by default.
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ozg_civento_intake, ozg_dms_export, ozg_epay21_bridge, ozg_identity', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- civento-intake
REVOKE ALL ON ALL TABLES IN SCHEMA access FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA access FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA access FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA bus FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA bus FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA vault FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA vault FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA directory FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA directory FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA directory FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA identity_keys FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity_keys FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA identity_keys FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA civento_intake FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA civento_intake FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA civento_intake FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA dms_export FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA dms_export FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA dms_export FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA epay21_bridge FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA epay21_bridge FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA epay21_bridge FROM ozg_civento_intake;
REVOKE ALL ON ALL TABLES IN SCHEMA identity FROM ozg_civento_intake;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity FROM ozg_civento_intake;
REVOKE ALL ON SCHEMA identity FROM ozg_civento_intake;
GRANT USAGE ON SCHEMA access TO ozg_civento_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA access TO ozg_civento_intake;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA access TO ozg_civento_intake;
GRANT USAGE ON SCHEMA bus TO ozg_civento_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ozg_civento_intake;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bus TO ozg_civento_intake;
GRANT USAGE ON SCHEMA vault TO ozg_civento_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO ozg_civento_intake;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA vault TO ozg_civento_intake;
GRANT USAGE ON SCHEMA directory TO ozg_civento_intake;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA directory TO ozg_civento_intake;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA directory TO ozg_civento_intake;
GRANT USAGE ON SCHEMA identity_keys TO ozg_civento_intake;
GRANT SELECT ON identity_keys.signing_key TO ozg_civento_intake;
GRANT SELECT ON identity_keys.migration TO ozg_civento_intake;
GRANT USAGE ON SCHEMA civento_intake TO ozg_civento_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA civento_intake TO ozg_civento_intake;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA civento_intake TO ozg_civento_intake;
-- dms-export
REVOKE ALL ON ALL TABLES IN SCHEMA access FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA access FROM ozg_dms_export;
REVOKE ALL ON SCHEMA access FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA bus FROM ozg_dms_export;
REVOKE ALL ON SCHEMA bus FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA vault FROM ozg_dms_export;
REVOKE ALL ON SCHEMA vault FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA directory FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA directory FROM ozg_dms_export;
REVOKE ALL ON SCHEMA directory FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA identity_keys FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity_keys FROM ozg_dms_export;
REVOKE ALL ON SCHEMA identity_keys FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA civento_intake FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA civento_intake FROM ozg_dms_export;
REVOKE ALL ON SCHEMA civento_intake FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA dms_export FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA dms_export FROM ozg_dms_export;
REVOKE ALL ON SCHEMA dms_export FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA epay21_bridge FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA epay21_bridge FROM ozg_dms_export;
REVOKE ALL ON SCHEMA epay21_bridge FROM ozg_dms_export;
REVOKE ALL ON ALL TABLES IN SCHEMA identity FROM ozg_dms_export;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity FROM ozg_dms_export;
REVOKE ALL ON SCHEMA identity FROM ozg_dms_export;
GRANT USAGE ON SCHEMA access TO ozg_dms_export;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA access TO ozg_dms_export;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA access TO ozg_dms_export;
GRANT USAGE ON SCHEMA bus TO ozg_dms_export;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ozg_dms_export;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bus TO ozg_dms_export;
GRANT USAGE ON SCHEMA vault TO ozg_dms_export;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO ozg_dms_export;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA vault TO ozg_dms_export;
GRANT USAGE ON SCHEMA directory TO ozg_dms_export;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA directory TO ozg_dms_export;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA directory TO ozg_dms_export;
GRANT USAGE ON SCHEMA dms_export TO ozg_dms_export;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dms_export TO ozg_dms_export;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA dms_export TO ozg_dms_export;
-- epay21-bridge
REVOKE ALL ON ALL TABLES IN SCHEMA access FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA access FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA access FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA bus FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA bus FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA vault FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA vault FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA directory FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA directory FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA directory FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA identity_keys FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity_keys FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA identity_keys FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA civento_intake FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA civento_intake FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA civento_intake FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA dms_export FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA dms_export FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA dms_export FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA epay21_bridge FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA epay21_bridge FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA epay21_bridge FROM ozg_epay21_bridge;
REVOKE ALL ON ALL TABLES IN SCHEMA identity FROM ozg_epay21_bridge;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity FROM ozg_epay21_bridge;
REVOKE ALL ON SCHEMA identity FROM ozg_epay21_bridge;
GRANT USAGE ON SCHEMA access TO ozg_epay21_bridge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA access TO ozg_epay21_bridge;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA access TO ozg_epay21_bridge;
GRANT USAGE ON SCHEMA bus TO ozg_epay21_bridge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ozg_epay21_bridge;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bus TO ozg_epay21_bridge;
GRANT USAGE ON SCHEMA vault TO ozg_epay21_bridge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO ozg_epay21_bridge;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA vault TO ozg_epay21_bridge;
GRANT USAGE ON SCHEMA directory TO ozg_epay21_bridge;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA directory TO ozg_epay21_bridge;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA directory TO ozg_epay21_bridge;
GRANT USAGE ON SCHEMA epay21_bridge TO ozg_epay21_bridge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA epay21_bridge TO ozg_epay21_bridge;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA epay21_bridge TO ozg_epay21_bridge;
-- identity
REVOKE ALL ON ALL TABLES IN SCHEMA access FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA access FROM ozg_identity;
REVOKE ALL ON SCHEMA access FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA bus FROM ozg_identity;
REVOKE ALL ON SCHEMA bus FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA vault FROM ozg_identity;
REVOKE ALL ON SCHEMA vault FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA directory FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA directory FROM ozg_identity;
REVOKE ALL ON SCHEMA directory FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA identity_keys FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity_keys FROM ozg_identity;
REVOKE ALL ON SCHEMA identity_keys FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA civento_intake FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA civento_intake FROM ozg_identity;
REVOKE ALL ON SCHEMA civento_intake FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA dms_export FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA dms_export FROM ozg_identity;
REVOKE ALL ON SCHEMA dms_export FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA epay21_bridge FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA epay21_bridge FROM ozg_identity;
REVOKE ALL ON SCHEMA epay21_bridge FROM ozg_identity;
REVOKE ALL ON ALL TABLES IN SCHEMA identity FROM ozg_identity;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA identity FROM ozg_identity;
REVOKE ALL ON SCHEMA identity FROM ozg_identity;
GRANT USAGE ON SCHEMA access TO ozg_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA access TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA access TO ozg_identity;
GRANT USAGE ON SCHEMA bus TO ozg_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bus TO ozg_identity;
GRANT USAGE ON SCHEMA vault TO ozg_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA vault TO ozg_identity;
GRANT USAGE ON SCHEMA directory TO ozg_identity;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA directory TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA directory TO ozg_identity;
GRANT USAGE ON SCHEMA identity_keys TO ozg_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity_keys TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA identity_keys TO ozg_identity;
GRANT USAGE ON SCHEMA identity TO ozg_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO ozg_identity;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA identity TO ozg_identity;
-- Tables that no service empties, and those that only a migration writes.
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN ('access', 'bus', 'vault', 'directory', 'identity_keys', 'civento_intake', 'dms_export', 'epay21_bridge', 'identity') AND tablename IN ('audit', 'audit_checkpoint')
  LOOP
    EXECUTE format('REVOKE DELETE ON %I.%I FROM ozg_civento_intake, ozg_dms_export, ozg_epay21_bridge, ozg_identity', found.schemaname, found.tablename);
  END LOOP;
  FOR found IN SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN ('access', 'bus', 'vault', 'directory', 'identity_keys', 'civento_intake', 'dms_export', 'epay21_bridge', 'identity') AND tablename IN ('migration')
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.%I FROM ozg_civento_intake, ozg_dms_export, ozg_epay21_bridge, ozg_identity', found.schemaname, found.tablename);
  END LOOP;
END $$;
COMMIT;
