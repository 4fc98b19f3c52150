{{- define "hub.egress" -}}
# Names
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- range list .policy.database .policy.kafka }}
- ports:
    - { protocol: TCP, port: {{ .port }} }
  {{- with .to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- if .calls }}
- ports:
    {{- range .calls }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  {{- with .policy.counterparties }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
