/* Networks by name: -netdev and -nic; see devices.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net.h"
#include "machine/devices-internal.h"

bool netdevs_take(struct devices *d, const char *id, struct net **net, struct error *err)
{
    for (struct netdev *n = d->netdevs; n; n = n->next) {
        if (strcmp(net_id(n->net), id))
            continue;
        if (n->taken)
            return error_set(err, ERROR_USAGE, "the network '%s' belongs to another device", id);
        n->taken = true;
        if (d->making)
            d->making->netdev = n;
        *net = n->net;
        return true;
    }
    error_set(err, ERROR_USAGE, "there is no network '%s'", id);
    error_hint(err, "add -netdev user,id=%s", id);
    return false;
}

bool netdevs_add(struct devices *d, const char *argument, struct error *err)
{
    struct netdev *n = calloc(1, sizeof *n), **at = &d->netdevs;

    if (!n || !(n->net = net_open(argument, err))) {
        free(n);
        return false;
    }
    for (; *at; at = &(*at)->next)
        if (net_id(n->net)[0] && !strcmp(net_id((*at)->net), net_id(n->net))) {
            error_set(err, ERROR_USAGE, "there are two networks '%s'", net_id(n->net));
            net_close(n->net);
            free(n);
            return false;
        }
    *at = n;
    return true;
}

bool netdevs_add_nic(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    char text[1024] = "", id[32];
    const char *model, *mac, *name;
    struct netdev *n;
    size_t at = 0;

    if (!strcmp(argument, "none"))
        return true;
    if (!options_split(&list, argument, "type", err))
        return false;
    model = options_get(&list, "model");
    mac = options_get(&list, "mac");
    name = options_get(&list, "id");
    snprintf(id, sizeof id, "#nic%u", d->n_nics);
    for (unsigned i = 0; i < list.count && at < sizeof text; i++)
        if (!list.options[i].used)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s=%s,", list.options[i].name,
                                   list.options[i].value ? list.options[i].value : "on");
    if (at < sizeof text)
        at += (size_t)snprintf(text + at, sizeof text - at, "id=%s", name ? name : id);
    if (at >= sizeof text || !netdevs_add(d, text, err)) {
        options_free(&list);
        return false;
    }
    for (n = d->netdevs; n->next; n = n->next)
        ;
    snprintf(n->nic, sizeof n->nic, "%s",
             !model || !strcmp(model, "ibmveth") ? "spapr-vlan" : !strcmp(model, "virtio") ? "virtio-net-pci" : model);
    snprintf(n->mac, sizeof n->mac, "%s", mac ? mac : "");
    d->n_nics += !name;
    options_free(&list);
    return true;
}

bool devices_del_netdev(struct devices *d, const char *id, struct error *err)
{
    for (struct netdev **at = &d->netdevs; *at; at = &(*at)->next) {
        struct netdev *n = *at;

        if (strcmp(net_id(n->net), id))
            continue;
        if (n->taken)
            return error_set(err, ERROR_USAGE, "the network '%s' belongs to a device", id);
        *at = n->next;
        net_close(n->net);
        free(n);
        return true;
    }
    return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
}

void netdevs_free(struct devices *d)
{
    while (d->netdevs) {
        struct netdev *n = d->netdevs;

        d->netdevs = n->next;
        net_close(n->net);
        free(n);
    }
}
