/* SPDX-License-Identifier: Apache-2.0 */
/* statmount, listmount and the mount fields of statx. */
#include <sys/sysmacros.h>

#include "tests/lib/guest.h"

#include "include/uapi.h"

static char buf[65536];

static uint64_t
unique_id(const char *path)
{
	struct statx stx;

	MUST(statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID_UNIQUE,
		   &stx));
	return stx.stx_mnt_id;
}

static long
ask(uint64_t id, uint64_t mask, void *out, size_t size)
{
	struct uapi_mnt_id_req req = {
		.size = UAPI_MNT_ID_REQ_SIZE_VER1, .mnt_id = id, .param = mask,
	};

	return syscall(__NR_statmount, &req, out, size, 0);
}

static const char *
local(const char *path)
{
	size_t len = strlen(here());

	return strncmp(path, here(), len) == 0 ? path + len : path;
}

static const struct uapi_statmount *
get(const char *path, uint64_t mask)
{
	const struct uapi_statmount *sm = (const void *)buf;

	memset(buf, 0xee, sizeof(buf));
	if (ask(unique_id(path), mask, buf, sizeof(buf)) < 0) {
		say("%s: %s", path, errname(errno));
		return NULL;
	}
	say("%s: asked %llx got %llx", path, (unsigned long long)mask,
	    (unsigned long long)sm->mask);
	return sm;
}

static void
setup(void)
{
	needs_kernel(6, 8, "statmount");
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mount("so urce", "a", "tmpfs", MS_NOSUID | MS_NOEXEC,
		   "size=64k,mode=711"));
	MUST(mkdir("a/s x", 0755));
	MUST(mkdir("a/d", 0755));
}

static void
tear_down(void)
{
	umount2("b", MNT_DETACH);
	umount2("a", MNT_DETACH);
}

static void
everything_is_told_at_once(void)
{
	const struct uapi_statmount *sm;
	struct statx up, at;
	struct stat st;

	needs_kernel(6, 18, "all that statmount tells");
	setup();
	MUST(statx(AT_FDCWD, "a", 0, STATX_MNT_ID, &at));
	MUST(statx(AT_FDCWD, ".", 0, STATX_MNT_ID, &up));
	MUST(stat("a", &st));
	sm = get("a", 0xfff);
	if (!sm)
		return;
	say("type %s source %s root %s point %s opts %s",
	    sm->str + sm->fs_type, sm->str + sm->sb_source,
	    sm->str + sm->mnt_root, local(sm->str + sm->mnt_point),
	    sm->str + sm->mnt_opts);
	say("%u options, the last is %s", sm->opt_num,
	    sm->str + sm->opt_array + strlen(sm->str + sm->opt_array) + 1);
	say("magic %llx flags %x attr %llx type %llx group %llu master %llu",
	    (unsigned long long)sm->sb_magic, sm->sb_flags,
	    (unsigned long long)sm->mnt_attr,
	    (unsigned long long)sm->mnt_propagation,
	    (unsigned long long)sm->mnt_peer_group,
	    (unsigned long long)sm->mnt_master);
	say("ids %d %d %d", sm->mnt_id == unique_id("a"),
	    sm->mnt_id_old == at.stx_mnt_id,
	    sm->mnt_parent_id_old == up.stx_mnt_id);
	say("size %d", sm->size == 512 + strlen(here()) + 1 + 6 + 2 + 2 + 19 +
	    19 + 8);
	say("device %d", sm->sb_dev_major == major(st.st_dev) &&
	    sm->sb_dev_minor == minor(st.st_dev));
	tear_down();
}

static void
a_bind_tells_its_root_and_master(void)
{
	const struct uapi_statmount *sm;

	setup();
	MUST(mount(NULL, "a", NULL, MS_SHARED, NULL));
	MUST(mount("a/s x", "b", NULL, MS_BIND, NULL));
	MUST(mount(NULL, "b", NULL, MS_SLAVE, NULL));
	MUST(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_NODIRATIME |
		   MS_STRICTATIME | MS_RDONLY, NULL));
	sm = get("b", STATMOUNT_MNT_BASIC | STATMOUNT_MNT_ROOT |
		 STATMOUNT_PROPAGATE_FROM);
	if (sm)
		say("root %s attr %llx type %llx group %d master %d from %d",
		    sm->str + sm->mnt_root, (unsigned long long)sm->mnt_attr,
		    (unsigned long long)sm->mnt_propagation,
		    sm->mnt_peer_group != 0, sm->mnt_master != 0,
		    sm->propagate_from == sm->mnt_master);
	sm = get("a", STATMOUNT_MNT_BASIC);
	if (sm)
		say("type %llx group %d",
		    (unsigned long long)sm->mnt_propagation,
		    sm->mnt_peer_group != 0);
	tear_down();
}

static void
short_buffers_get_what_fits(void)
{
	const struct uapi_statmount *sm = (const void *)buf;
	uint64_t id;

	needs_kernel(6, 18, "all that statmount tells");
	setup();
	id = unique_id("a");
	R(ask(id, STATMOUNT_FS_TYPE, buf, 512));
	R(ask(id, STATMOUNT_FS_TYPE, buf, 518));
	R(ask(id, STATMOUNT_FS_TYPE, buf, 519));
	R(ask(id, STATMOUNT_MNT_BASIC, buf, 512));
	memset(buf, 0xee, sizeof(buf));
	R(ask(id, STATMOUNT_MNT_BASIC, buf, 40));
	say("size %u, next byte %x", sm->size, (unsigned char)buf[40]);
	R(ask(id, STATMOUNT_MNT_BASIC, buf, 0));
	R(ask(id, 0, buf, 512));
	say("size %u mask %llx", sm->size, (unsigned long long)sm->mask);
	R(ask(id, STATMOUNT_MNT_UIDMAP, buf, 600));
	say("size %u mask %llx", sm->size, (unsigned long long)sm->mask);
	R(ask(id, STATMOUNT_SUPPORTED_MASK | UINT64_C(1) << 60, buf, 600));
	say("size %u mask %llx", sm->size, (unsigned long long)sm->mask);
	R(ask(id, STATMOUNT_FS_TYPE, hole(), 600));
	tear_down();
}

static void
requests_are_judged_in_order(void)
{
	struct uapi_mnt_id_req req = { .size = 32, .param = 2 };
	char *page = calloc(2, 4096);
	uint64_t ids[4];

	setup();
	req.mnt_id = unique_id("a");
	AS_IN_6_18(syscall(__NR_statmount, hole(), buf, 512, 1));
	R(syscall(__NR_statmount, hole(), buf, 512, 0));
	req.size = 23;
	R(syscall(__NR_statmount, &req, buf, 512, 0));
	req.size = 4097;
	R(syscall(__NR_statmount, &req, buf, 512, 0));
	memcpy(page, &req, sizeof(req));
	((struct uapi_mnt_id_req *)page)->size = 40;
	R(syscall(__NR_statmount, page, buf, 512, 0));
	page[39] = 1;
	R(syscall(__NR_statmount, page, buf, 512, 0));
	req.size = 24;
	R(syscall(__NR_statmount, &req, buf, 512, 0));
	req.mnt_id = 1;
	R(syscall(__NR_statmount, &req, buf, 512, 0));
	req.mnt_id = UINT64_C(1) << 40;
	R(syscall(__NR_statmount, &req, buf, 512, 0));
	req.mnt_id = LSMT_ROOT;
	req.param = 0;
	R(syscall(__NR_listmount, &req, ids, 4, 2));
	R(syscall(__NR_listmount, &req, ids, 1000001, 0));
	R(syscall(__NR_listmount, hole(), ids, 4, 0));
	req.param = 7;
	R(syscall(__NR_listmount, &req, ids, 4, 0));
	req.param = 0;
	req.mnt_id = UINT64_C(1) << 40;
	R(syscall(__NR_listmount, &req, ids, 4, 0));
	req.mnt_id = 7;
	R(syscall(__NR_listmount, &req, ids, 4, 0));
	tear_down();
}

static void
mounts_are_listed_by_age(void)
{
	struct uapi_mnt_id_req req = { .size = 24 };
	uint64_t ids[8] = { 0 };
	long n;

	setup();
	MUST(mount("t2", "b", "tmpfs", 0, NULL));
	MUST(mount("t3", "a/d", "tmpfs", 0, NULL));
	MUST(mkdir("a/d/e", 0755));
	MUST(mount("t4", "a/d/e", "tmpfs", 0, NULL));
	req.mnt_id = unique_id("a");
	n = R(syscall(__NR_listmount, &req, ids, 8, 0));
	say("%d %d", n > 0 && ids[0] == unique_id("a/d"),
	    n > 1 && ids[1] == unique_id("a/d/e"));
	n = R(syscall(__NR_listmount, &req, ids, 8, LISTMOUNT_REVERSE));
	say("%d", n > 0 && ids[0] == unique_id("a/d/e"));
	n = R(syscall(__NR_listmount, &req, ids, 1, 0));
	req.param = ids[0];
	n = R(syscall(__NR_listmount, &req, ids, 8, 0));
	say("%d", n > 0 && ids[0] == unique_id("a/d/e"));
	req.param = ids[0];
	R(syscall(__NR_listmount, &req, ids, 8, 0));
	req.param = 0;
	R(syscall(__NR_listmount, &req, ids, 0, 0));
	req.mnt_id = LSMT_ROOT;
	n = MUST(syscall(__NR_listmount, &req, ids, 3, LISTMOUNT_REVERSE));
	say("%ld: %d %d %d", n, ids[0] == unique_id("a/d/e"),
	    ids[1] == unique_id("a/d"), ids[2] == unique_id("b"));
	tear_down();
}

static void
statx_knows_roots_of_mounts(void)
{
	static const char *const paths[] = { "a", "a/d", ".", "b" };
	struct statx stx, small;

	setup();
	for (size_t i = 0; i < 4; i++) {
		MUST(statx(AT_FDCWD, paths[i], 0, STATX_BASIC_STATS |
			   STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &stx));
		MUST(statx(AT_FDCWD, paths[i], 0, STATX_MNT_ID, &small));
		say("%s: root %d known %d mask %x, ids differ %d", paths[i],
		    (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
		    (stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0,
		    stx.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE),
		    stx.stx_mnt_id != small.stx_mnt_id);
	}
	tear_down();
}

/* In a namespace of its own: tells its number and that of a mount. */
static void
child_with_namespace(int out, int in)
{
	struct uapi_statmount sm;
	uint64_t ids[2];
	char c;

	MUST(unshare(CLONE_NEWNS));
	MUST(mount("x", "b", "tmpfs", 0, NULL));
	ids[0] = unique_id("b");
	MUST(ask(ids[0], STATMOUNT_MNT_NS_ID, &sm, sizeof(sm)));
	ids[1] = sm.mnt_ns_id;
	MUST(write(out, ids, sizeof(ids)));
	MUST(read(in, &c, 1));
	_exit(0);
}

static void
another_namespace_is_named_by_its_number(void)
{
	struct uapi_mnt_id_req req = { .size = 32 };
	const struct uapi_statmount *sm = (const void *)buf;
	uint64_t theirs[2], ids[64];
	int to[2], from[2];
	pid_t child;

	needs_kernel(6, 11, "namespaces by number");
	setup();
	MUST(pipe(to));
	MUST(pipe(from));
	child = MUST(fork());
	if (child == 0)
		child_with_namespace(from[1], to[0]);
	MUST(read(from[0], theirs, sizeof(theirs)));
	req.mnt_id = theirs[0];
	req.param = STATMOUNT_FS_TYPE;
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	req.mnt_ns_id = theirs[1];
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	say("%s", sm->str + sm->fs_type);
	req.mnt_ns_fd = 77;
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	req.mnt_ns_id = 0;
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	req.mnt_ns_fd = (uint32_t)MUST(open(".", O_RDONLY));
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	req.mnt_ns_fd = 0;
	req.mnt_ns_id = 12345;
	R(syscall(__NR_statmount, &req, buf, sizeof(buf), 0));
	req.mnt_ns_id = theirs[1];
	req.param = 0;
	R(syscall(__NR_listmount, &req, ids, 64, 0));
	req.mnt_id = LSMT_ROOT;
	say("listed %d", syscall(__NR_listmount, &req, ids, 64, 0) > 1);
	MUST(write(to[1], "x", 1));
	say_status("child", child);
	tear_down();
}

GUEST_MAIN(
	CASE(everything_is_told_at_once),
	CASE(a_bind_tells_its_root_and_master),
	CASE(short_buffers_get_what_fits),
	CASE(requests_are_judged_in_order),
	CASE(mounts_are_listed_by_age),
	CASE(statx_knows_roots_of_mounts),
	CASE(another_namespace_is_named_by_its_number),
)
