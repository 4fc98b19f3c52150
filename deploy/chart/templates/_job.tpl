{{- define "hub.job" -}}
- name: {{ .name }}
  image: {{ include "hub.image" .root | quote }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: {{ concat (list "services/all-in-one/bin/ozg-hub.mjs") .args | toJson }}
  env:
    # The hook runs before the ConfigMaps of an installation exist.
    - { name: HUB_KAFKA_BROKERS, value: {{ .root.Values.kafka.brokers | quote }} }
    {{- range $key, $value := merge (dict) .root.Values.migrate.settings .root.Values.settings }}
    - { name: {{ $key }}, value: {{ $value | quote }} }
    {{- end }}
  envFrom:
    # HUB_DATABASE_URL of the role that owns the tables, and what `env:` refers to.
    - secretRef: { name: {{ .root.Values.secrets.migrate | quote }} }
  securityContext: {{- toYaml .root.Values.securityContext | nindent 4 }}
  resources: {{- toYaml .root.Values.migrate.resources | nindent 4 }}
  volumeMounts:
    - { name: tmp, mountPath: /tmp }
    {{- with .root.Values.extraVolumeMounts }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end }}
