#!/usr/bin/env bats
# Before each effect on an export or at the API server stands a step() (provisioner/step.h): there mooring stops when it
# leads no more, and there a test kills it. tests/provisioner/claim/test_effects.c says which effects each step is for.

setup() {
    cd "$BATS_TEST_DIRNAME/.." || exit
}

# What changes nothing in its place; everything else in these headers is an effect.
readonly reads='share_(open|close|address|given_mode|set_stop|attach|attachment|is_dead|confirm_root|has_lost_root|inspect|list|free_names|read_folder|free_folder|read_symlink|read_file|space)|client_(open|close|set_stop|stop|set_deadline|is_stopped|wait|get|list|stream|call)'

# effects_of PREFIX HEADER: the functions of the header that change something, one a line.
effects_of() {
    grep -oE "\\b$1_[a-z_]+\\(" "$2" | tr -d '(' | sort -u | grep -vxE "$reads"
}

# without_step EFFECTS FILE...: each effect that follows another one in a function without a step between them, and each
# function whose first effect has no step before it, neither there nor in a function that calls it. A function is read from
# its name in the first column to the brace in the first column. What stands in a return, or beyond the colon of a
# condition, does not follow what stands there before.
without_step() {
    local effects=$1
    shift
    awk -v effects="$effects" '
        BEGIN {
            count = split(effects, list, "\n")
            for (i = 1; i <= count; i++) has_effect[list[i]] = 1
        }
        function id_of(name, file) {
            return (file ":" name) in is_defined ? file ":" name : name in place ? place[name] : name
        }
        # Is it new that the function has an effect before its first step?
        function look_at(id,    is_new, is_used, is_leaving, is_taken, t, token) {
            for (t = 1; t <= tokens[id]; t++) {
                token = said[id, t]
                if (token == "step") { is_taken = 1; is_used = 0 }
                else if (token == "return") is_leaving = 1
                else if (token == ";") is_leaving = 0
                else if (token == ":") is_used = 0
                else if (has_effect[id_of(token, file_of[id])]) {
                    if (!is_taken && !has_effect[id]) is_new = has_effect[id] = 1
                    if (is_taken && is_used) problems[id " " token] = 1
                    is_used = !is_leaving
                }
            }
            return is_new
        }
        /^[a-z].*[(]/ {
            name = $0
            is_static = /^static /
            sub(/[(].*/, "", name)
            sub(/.*[ *]/, "", name)
        }
        /^{/ && name {
            id = FILENAME ":" name
            functions[++function_count] = id
            file_of[id] = FILENAME
            is_defined[id] = 1
            if (!is_static) place[name] = id
        }
        /^}/ { id = "" }
        id {
            line = $0
            gsub(/"[^"]*"|[\/]?[*] .*/, "", line)
            while (match(line, /[a-z_0-9]+[(]|return|[:;]/)) {
                token = substr(line, RSTART, RLENGTH)
                sub(/[(]/, "", token)
                said[id, ++tokens[id]] = token
                line = substr(line, RSTART + RLENGTH)
            }
        }
        END {
            do {
                is_new = 0
                for (f = 1; f <= function_count; f++) is_new += look_at(functions[f])
            } while (is_new)
            for (f = 1; f <= function_count; f++)
                for (t = 1; t <= tokens[functions[f]]; t++)
                    is_called[id_of(said[functions[f], t], file_of[functions[f]])] = 1
            for (f = 1; f <= function_count; f++)
                if (has_effect[functions[f]] && !is_called[functions[f]] && functions[f] !~ /^provisioner\/export\//)
                    print functions[f]
            for (problem in problems) print problem
        }' "$@"
}

@test "a step stands before each effect" {
    local effects found
    effects=$(effects_of share nfs/share.h && effects_of client k8s/client.h)
    grep -x share_move <<<"$effects"
    found=$(without_step "$effects" provisioner/{export,statefulset,audit,claim}/*.c \
        provisioner/daemon/sign_of_life.c provisioner/command/{adopt,check}*.c)
    printf '%s\n' "$found"
    [ -z "$found" ]
}

@test "what mooring check alone asks in its place is asked nowhere else" {
    [ "$(grep -rl 'client_call(' provisioner)" = provisioner/command/check_command.c ]
}
