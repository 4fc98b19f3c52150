-- Made from deploy/services.yaml by `npm run deploy:render`; changes here are lost.
-- For psql, connected to the server's own database as a superuser, once and after each change of a password:
--   OZG_HUB_PASSWORD=… OZG_CIVENTO_INTAKE_PASSWORD=… OZG_DMS_EXPORT_PASSWORD=… OZG_EPAY21_BRIDGE_PASSWORD=… OZG_IDENTITY_PASSWORD=… psql -v ON_ERROR_STOP=1 -f deploy/logins.sql postgres
-- psql 15 or newer. The passwords are not logged where the server logs no statements.

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_hub') AS missing \gset
\if :missing
  CREATE ROLE ozg_hub LOGIN;
\endif
\getenv password OZG_HUB_PASSWORD
ALTER ROLE ozg_hub PASSWORD :'password';

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_civento_intake') AS missing \gset
\if :missing
  CREATE ROLE ozg_civento_intake LOGIN;
\endif
\getenv password OZG_CIVENTO_INTAKE_PASSWORD
ALTER ROLE ozg_civento_intake PASSWORD :'password';

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_dms_export') AS missing \gset
\if :missing
  CREATE ROLE ozg_dms_export LOGIN;
\endif
\getenv password OZG_DMS_EXPORT_PASSWORD
ALTER ROLE ozg_dms_export PASSWORD :'password';

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_epay21_bridge') AS missing \gset
\if :missing
  CREATE ROLE ozg_epay21_bridge LOGIN;
\endif
\getenv password OZG_EPAY21_BRIDGE_PASSWORD
ALTER ROLE ozg_epay21_bridge PASSWORD :'password';

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ozg_identity') AS missing \gset
\if :missing
  CREATE ROLE ozg_identity LOGIN;
\endif
\getenv password OZG_IDENTITY_PASSWORD
ALTER ROLE ozg_identity PASSWORD :'password';
SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ozg_hub') AS missing \gset
\if :missing
  CREATE DATABASE ozg_hub OWNER ozg_hub;
\endif
