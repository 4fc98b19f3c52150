{{- define "hub.egress" -}}
# Names
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
- ports:
    - { protocol: TCP, port: {{ .policy.database.port }} }
  {{- with .policy.database.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
- ports:
    {{- $ports := list }}
    {{- range splitList "," .brokers }}{{ $ports = append $ports (splitList ":" (trim .) | last | int) }}{{ end }}
    {{- range concat $ports .policy.kafka.morePorts | uniq }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  {{- with .policy.kafka.to }}
  to: {{- toYaml . | nindent 4 }}
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
