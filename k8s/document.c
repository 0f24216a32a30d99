/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/document.h"

#include "base/text.h"
#include "k8s/file.h"

#include <string.h>
#include <yaml.h>

struct document {
    char *path;
    yaml_document_t yaml;
};

static int syntax_error(const char *path, const yaml_parser_t *parser, struct error *err)
{
    /* The scanner and the parser know the mark; for a wrong byte only the offset is known. */
    if (parser->error == YAML_READER_ERROR)
        return error_set(err, ERROR_INVALID, "%s: not YAML at byte %zu: %s", path,
                         parser->problem_offset, parser->problem);
    return error_set(err, ERROR_INVALID, "%s: line %zu: not YAML: %s", path,
                     parser->problem_mark.line + 1,
                     parser->problem ? parser->problem : "unknown reason");
}

struct document *document_open(const char *path, struct error *err)
{
    autofree char *text = file_read_text(path, err);
    if (!text)
        return NULL;

    struct document *document = memory_new(sizeof *document);
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    bool loaded = yaml_parser_load(&parser, &document->yaml);
    if (!loaded)
        syntax_error(path, &parser, err);
    yaml_parser_delete(&parser);

    if (!loaded) {
        free(document);
        return NULL;
    }
    document->path = memory_copy(path);
    return document;
}

void document_close(struct document *document)
{
    if (!document)
        return;
    yaml_document_delete(&document->yaml);
    free(document->path);
    free(document);
}

const char *document_path(const struct document *document)
{
    return document->path;
}

int document_root(struct document *document)
{
    return yaml_document_get_root_node(&document->yaml) ? 1 : 0;
}

static const yaml_node_t *node_of_type(struct document *document, int index, yaml_node_type_t type)
{
    const yaml_node_t *node = yaml_document_get_node(&document->yaml, index);
    return node && node->type == type ? node : NULL;
}

int document_find(struct document *document, int node, const char *key)
{
    const yaml_node_t *mapping = node_of_type(document, node, YAML_MAPPING_NODE);
    if (!mapping)
        return 0;

    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = node_of_type(document, pair->key, YAML_SCALAR_NODE);
        if (name && text_equals((const char *)name->data.scalar.value, key))
            return pair->value;
    }
    return 0;
}

int document_item(struct document *document, int node, size_t index)
{
    const yaml_node_t *sequence = node_of_type(document, node, YAML_SEQUENCE_NODE);
    if (!sequence)
        return 0;

    const yaml_node_item_t *start = sequence->data.sequence.items.start;
    size_t count = (size_t)(sequence->data.sequence.items.top - start);
    return index < count ? start[index] : 0;
}

const char *document_text(struct document *document, int node)
{
    const yaml_node_t *scalar = node_of_type(document, node, YAML_SCALAR_NODE);
    if (!scalar || scalar->data.scalar.length == 0)
        return NULL;

    const char *text = (const char *)scalar->data.scalar.value;
    bool plain = scalar->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return plain && (text_equals(text, "null") || text_equals(text, "~")) ? NULL : text;
}

bool document_has_value(struct document *document, int node)
{
    const yaml_node_t *mapping = node_of_type(document, node, YAML_MAPPING_NODE);
    if (mapping)
        return mapping->data.mapping.pairs.start != mapping->data.mapping.pairs.top;
    return document_item(document, node, 0) || document_text(document, node);
}

int document_line(struct document *document, int node)
{
    const yaml_node_t *found = yaml_document_get_node(&document->yaml, node);
    return found ? (int)found->start_mark.line + 1 : 1;
}
