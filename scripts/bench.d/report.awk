# Turns figures ("scene gateway us rps busy errors", one line a round) and idle lines ("gateway rest_mib kib_per_connection")
# into a table, or into JSON when `json` is "yes". Medians over the rounds; ratio to the better of nginx and HAProxy.

function median(list, count,    i, j, keep) {
  for (i = 2; i <= count; i++) {
    keep = list[i]
    for (j = i - 1; j >= 1 && list[j] > keep; j--) list[j + 1] = list[j]
    list[j + 1] = keep
  }
  return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}
function middle(scene, gateway, column,    i, list) {
  for (i = 1; i <= runs[scene, gateway]; i++) list[i] = value[scene, gateway, column, i]
  return median(list, runs[scene, gateway])
}
function best_of(scene,    best, g, us) {
  best = 0
  for (g = 1; g <= gateways; g++) {
    if (gateway_name[g] !~ /^(nginx|haproxy)/ || !((scene, gateway_name[g]) in runs)) continue
    us = middle(scene, gateway_name[g], 3)
    if (best == 0 || us < best) best = us
  }
  return best
}

NF == 6 {
  if (!($1 in seen_scene)) { seen_scene[$1] = 1; scene_name[++scenes] = $1 }
  if (!($2 in seen_gateway)) { seen_gateway[$2] = 1; gateway_name[++gateways] = $2 }
  run = ++runs[$1, $2]
  for (column = 3; column <= 5; column++) value[$1, $2, column, run] = $column
  errors[$1, $2] += $6
}
NF == 3 { idle_name[++idles] = $1; rest[idles] = $2; each[idles] = $3 }

function print_table(    s, g, scene, gateway, best, us) {
  printf "%s\n%s\n%d rounds of %s s, medians; CPU time of the gateway's processes only\n", machine, versions, rounds, seconds
  if (scenes) printf "\n%-8s %-10s %12s %12s %8s %8s %7s\n", "scene", "gateway", "us/request", "requests/s", "core %", "ratio", "errors"
  for (s = 1; s <= scenes; s++) {
    scene = scene_name[s]
    best = best_of(scene)
    for (g = 1; g <= gateways; g++) {
      gateway = gateway_name[g]
      if (!((scene, gateway) in runs)) continue
      us = middle(scene, gateway, 3)
      printf "%-8s %-10s %12.2f %12.0f %8.0f %8s %7d\n", scene, gateway, us, middle(scene, gateway, 4),
        middle(scene, gateway, 5), best ? sprintf("%.2f", us / best) : "-", errors[scene, gateway]
    }
  }
  print_lua()
  if (idles) printf "\n%-8s %-10s %12s %12s\n", "scene", "gateway", "rest MiB", "KiB each"
  for (g = 1; g <= idles; g++) printf "%-8s %-10s %12.1f %12.2f\n", "idle", idle_name[g], rest[g], each[g]
  if (idles) printf "(each of %d idle keep-alive connections)\n", idle
}
# What a script hook adds: the Lua scene less the one that does the same in configuration.
function print_lua(    g, gateway, base) {
  if (!("route" in seen_scene) || !("lua" in seen_scene)) return
  printf "\nLua adds (lua less route):"
  for (g = 1; g <= gateways; g++) {
    gateway = gateway_name[g]
    base = gateway == "nginx-set" ? "nginx" : gateway
    if (("lua", gateway) in runs && ("route", base) in runs)
      printf "  %s %.2f us", gateway, middle("lua", gateway, 3) - middle("route", base, 3)
  }
  printf "\n"
}
function print_json(    s, g, scene, gateway, best, us, comma, inner) {
  gsub(/[\\"]/, "\\\\&", machine)
  printf "{\"machine\": \"%s\", \"versions\": \"%s\", \"rounds\": %d, \"seconds\": %s, \"scenes\": {", machine, versions, rounds, seconds
  for (s = 1; s <= scenes; s++) {
    scene = scene_name[s]
    best = best_of(scene)
    printf "%s\n  \"%s\": {", (s > 1 ? "," : ""), scene
    inner = ""
    for (g = 1; g <= gateways; g++) {
      gateway = gateway_name[g]
      if (!((scene, gateway) in runs)) continue
      us = middle(scene, gateway, 3)
      printf "%s\"%s\": {\"us_per_request\": %.3f, \"requests_per_second\": %.0f, \"core_percent\": %.0f, \"ratio\": %s, \"errors\": %d}",
        inner, gateway, us, middle(scene, gateway, 4), middle(scene, gateway, 5), best ? sprintf("%.3f", us / best) : "null",
        errors[scene, gateway]
      inner = ", "
    }
    printf "}"
  }
  printf "}, \"idle\": {"
  for (g = 1; g <= idles; g++)
    printf "%s\"%s\": {\"rest_mib\": %.1f, \"kib_per_connection\": %.2f}", (g > 1 ? ", " : ""), idle_name[g], rest[g], each[g]
  printf "}}\n"
}
END {
  if (json == "yes") print_json()
  else print_table()
  for (key in errors) if (errors[key] > 0) failed = 1
  exit failed
}
