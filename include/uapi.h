/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel interfaces newer than the oldest distribution we build on (Debian 12:
 * glibc 2.36, headers of Linux 6.1), each with the kernel that added it.
 *
 * Include this instead of the kernel's own headers of the same names:
 * <linux/mount.h> and <linux/fcntl.h> collide with glibc's <sys/mount.h> and
 * <fcntl.h>.  Constants are only defined when the system headers lack them;
 * structures that grew carry a uapi_ prefix, so that they never collide.
 * Constants and layouts only: nothing here says that the running kernel has it.
 */
#ifndef BELLJAR_INCLUDE_UAPI_H
#define BELLJAR_INCLUDE_UAPI_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* ---- system call numbers: from 424 on they are the same everywhere ---- */

#ifndef __NR_memfd_secret
#define __NR_memfd_secret		447	/* 5.14 */
#endif
#ifndef __NR_process_mrelease
#define __NR_process_mrelease		448	/* 5.15 */
#endif
#ifndef __NR_futex_waitv
#define __NR_futex_waitv		449	/* 5.16 */
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node	450	/* 5.17 */
#endif
#ifndef __NR_cachestat
#define __NR_cachestat			451	/* 6.5 */
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2			452	/* 6.6 */
#endif
#ifndef __NR_map_shadow_stack
#define __NR_map_shadow_stack		453	/* 6.6 */
#endif
#ifndef __NR_futex_wake
#define __NR_futex_wake			454	/* 6.7 */
#define __NR_futex_wait			455	/* 6.7 */
#define __NR_futex_requeue		456	/* 6.7 */
#endif
#ifndef __NR_statmount
#define __NR_statmount			457	/* 6.8 */
#define __NR_listmount			458	/* 6.8 */
#endif
#ifndef __NR_lsm_get_self_attr
#define __NR_lsm_get_self_attr		459	/* 6.8 */
#define __NR_lsm_set_self_attr		460	/* 6.8 */
#define __NR_lsm_list_modules		461	/* 6.8 */
#endif
#ifndef __NR_mseal
#define __NR_mseal			462	/* 6.10 */
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat			463	/* 6.13 */
#define __NR_getxattrat			464	/* 6.13 */
#define __NR_listxattrat		465	/* 6.13 */
#define __NR_removexattrat		466	/* 6.13 */
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr		467	/* 6.15 */
#endif
#ifndef __NR_file_getattr
#define __NR_file_getattr		468	/* 6.17 */
#define __NR_file_setattr		469	/* 6.17 */
#endif

/* ---- seccomp ---- */

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH		(1UL << 4)	/* 5.7 */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV	(1UL << 5)	/* 5.19 */
#endif
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND			(1UL << 1)	/* 5.14 */
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS		SECCOMP_IOW(4, __u64)	/* 6.6 */
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP	(1UL << 0)	/* 6.6 */
#endif

/* si_code of a SIGSYS: made by a filter, or by syscall user dispatch. */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP				1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH			2		/* 5.11 */
#endif

/* ---- ptrace ---- */

#define UAPI_PTRACE_SET_SYSCALL_INFO		0x4212		/* 6.16 */
#define UAPI_NT_ARM_SYSTEM_CALL			0x404		/* 3.18 */

/* ---- at, open, resolve, statx ---- */

#define UAPI_F_DUPFD_QUERY	1027		/* 6.10 */

#ifndef AT_RECURSIVE
#define AT_RECURSIVE		0x8000		/* 5.2 */
#endif
#ifndef AT_STATX_SYNC_TYPE
#define AT_STATX_SYNC_TYPE	0x6000		/* 4.11 */
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID		0x200		/* 6.5 */
#endif
#ifndef AT_HANDLE_MNT_ID_UNIQUE
#define AT_HANDLE_MNT_ID_UNIQUE	0x001		/* 6.12 */
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK		0x10000		/* 6.14 */
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED		0x20		/* 5.12 */
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE	(1 << 0)	/* 3.15 */
#define RENAME_EXCHANGE		(1 << 1)	/* 3.15 */
#define RENAME_WHITEOUT		(1 << 2)	/* 3.18 */
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID		0x00001000U	/* 5.8 */
#endif
#ifndef STATX_DIOALIGN
#define STATX_DIOALIGN		0x00002000U	/* 6.1 */
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE	0x00004000U	/* 6.8 */
#endif
#ifndef STATX_SUBVOL
#define STATX_SUBVOL		0x00008000U	/* 6.10 */
#endif
#ifndef STATX_WRITE_ATOMIC
#define STATX_WRITE_ATOMIC	0x00010000U	/* 6.11 */
#endif
#ifndef STATX_DIO_READ_ALIGN
#define STATX_DIO_READ_ALIGN	0x00020000U	/* 6.14 */
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT	0x00002000	/* 5.8 */
#endif
#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX		0x00200000	/* 5.8 */
#endif

/* ---- mounts ---- */

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW		256		/* 5.10 */
#endif
#define UAPI_MS_SUBMOUNT	(1 << 26)	/* kernel-internal flags that */
#define UAPI_MS_NOREMOTELOCK	(1 << 27)	/* mount(2) strips off */
#define UAPI_MS_NOSEC		(1 << 28)
#define UAPI_MS_BORN		(1 << 29)
#define UAPI_MS_ACTIVE		(1 << 30)
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP	0x00000100	/* 5.15 */
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH	0x00000200	/* 6.5 */
#endif
#define UAPI_MOVE_MOUNT_MASK	0x00000377
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP	0x00100000	/* 5.12 */
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW	0x00200000	/* 5.14 */
#endif
#define UAPI_FSCONFIG_CMD_CREATE_EXCL	8	/* 6.6 */

/* statmount(2) and listmount(2), 6.8 */
struct uapi_mnt_id_req {
	__u32 size;
	__u32 mnt_ns_fd;	/* 6.18, spare before */
	__u64 mnt_id;
	__u64 param;		/* mask, or the last id of the previous page */
	__u64 mnt_ns_id;	/* 6.10 */
};
#define UAPI_MNT_ID_REQ_SIZE_VER0	24
#define UAPI_MNT_ID_REQ_SIZE_VER1	32	/* 6.10 */

struct uapi_statmount {
	__u32 size;		/* with the strings */
	__u32 mnt_opts;		/* [str] 6.10 */
	__u64 mask;
	__u32 sb_dev_major;
	__u32 sb_dev_minor;
	__u64 sb_magic;
	__u32 sb_flags;
	__u32 fs_type;		/* [str] */
	__u64 mnt_id;
	__u64 mnt_parent_id;
	__u32 mnt_id_old;
	__u32 mnt_parent_id_old;
	__u64 mnt_attr;
	__u64 mnt_propagation;
	__u64 mnt_peer_group;
	__u64 mnt_master;
	__u64 propagate_from;
	__u32 mnt_root;		/* [str] */
	__u32 mnt_point;	/* [str] */
	__u64 mnt_ns_id;	/* 6.11 */
	__u32 fs_subtype;	/* [str] 6.13 */
	__u32 sb_source;	/* [str] 6.13 */
	__u32 opt_num;		/* 6.13 */
	__u32 opt_array;	/* [str] */
	__u32 opt_sec_num;	/* 6.13 */
	__u32 opt_sec_array;	/* [str] */
	__u64 supported_mask;	/* 6.15 */
	__u32 mnt_uidmap_num;	/* 6.15 */
	__u32 mnt_uidmap;	/* [str] */
	__u32 mnt_gidmap_num;	/* 6.15 */
	__u32 mnt_gidmap;	/* [str] */
	__u64 spare[43];
	char str[];
};
_Static_assert(sizeof(struct uapi_statmount) == 512, "struct statmount");

#ifndef STATMOUNT_SB_BASIC
#define STATMOUNT_SB_BASIC		0x00000001U
#define STATMOUNT_MNT_BASIC		0x00000002U
#define STATMOUNT_PROPAGATE_FROM	0x00000004U
#define STATMOUNT_MNT_ROOT		0x00000008U
#define STATMOUNT_MNT_POINT		0x00000010U
#define STATMOUNT_FS_TYPE		0x00000020U
#define LSMT_ROOT			0xffffffffffffffffULL
#endif
#ifndef STATMOUNT_MNT_NS_ID
#define STATMOUNT_MNT_NS_ID		0x00000040U	/* 6.11 */
#define STATMOUNT_MNT_OPTS		0x00000080U	/* 6.11 */
#endif
#ifndef STATMOUNT_FS_SUBTYPE
#define STATMOUNT_FS_SUBTYPE		0x00000100U	/* 6.13 */
#define STATMOUNT_SB_SOURCE		0x00000200U	/* 6.13 */
#define STATMOUNT_OPT_ARRAY		0x00000400U	/* 6.13 */
#define STATMOUNT_OPT_SEC_ARRAY		0x00000800U	/* 6.13 */
#endif
#ifndef STATMOUNT_SUPPORTED_MASK
#define STATMOUNT_SUPPORTED_MASK	0x00001000U	/* 6.15 */
#define STATMOUNT_MNT_UIDMAP		0x00002000U	/* 6.15 */
#define STATMOUNT_MNT_GIDMAP		0x00004000U	/* 6.15 */
#endif
#ifndef LISTMOUNT_REVERSE
#define LISTMOUNT_REVERSE		(1 << 0)	/* 6.12 */
#endif

/* ---- Landlock: the whole surface, up to ABI 7 ---- */

struct uapi_landlock_ruleset_attr {
	__u64 handled_access_fs;	/* ABI 1 */
	__u64 handled_access_net;	/* ABI 4 */
	__u64 scoped;			/* ABI 6 */
};

struct uapi_landlock_path_beneath_attr {
	__u64 allowed_access;
	__s32 parent_fd;
} __attribute__((packed));

#define UAPI_LANDLOCK_RULE_PATH_BENEATH		1
#define UAPI_LANDLOCK_CREATE_RULESET_VERSION	(1U << 0)
#define UAPI_LANDLOCK_FS_ABI1	((1ULL << 13) - 1)	/* 5.13 */
#define UAPI_LANDLOCK_FS_REFER	(1ULL << 13)		/* ABI 2, 5.19 */
#define UAPI_LANDLOCK_FS_TRUNCATE (1ULL << 14)		/* ABI 3, 6.2 */
#define UAPI_LANDLOCK_FS_IOCTL_DEV (1ULL << 15)		/* ABI 5, 6.10 */
#define UAPI_LANDLOCK_FS_EXECUTE (1ULL << 0)
#define UAPI_LANDLOCK_FS_READ_FILE (1ULL << 2)
#define UAPI_LANDLOCK_NET_BIND_TCP (1ULL << 0)		/* ABI 4, 6.7 */
#define UAPI_LANDLOCK_NET_CONNECT_TCP (1ULL << 1)	/* ABI 4, 6.7 */
#define UAPI_LANDLOCK_SCOPE_ABSTRACT_UNIX (1ULL << 0)	/* ABI 6, 6.12 */
#define UAPI_LANDLOCK_SCOPE_SIGNAL (1ULL << 1)		/* ABI 6, 6.12 */

/* ---- processes ---- */

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME		0x00000080	/* 5.6 */
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND	0x100000000ULL	/* 5.5, clone3 only */
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP	0x200000000ULL	/* 5.7, clone3 only */
#endif
#ifndef P_PIDFD
#define UAPI_P_PIDFD		3		/* 5.4 */
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE	(1U << 1)	/* 5.9 */
#endif
#define UAPI_PIDFD_THREAD	O_EXCL		/* 6.9 */
#define UAPI_PIDFD_SIGNAL_THREAD	(1U << 0)	/* 6.9 */
#define UAPI_PIDFD_SIGNAL_THREAD_GROUP	(1U << 1)	/* 6.9 */
#define UAPI_PIDFD_SIGNAL_PROCESS_GROUP	(1U << 2)	/* 6.9 */
#ifndef PIDFD_GET_INFO			/* 6.13, <linux/pidfd.h> */
struct pidfd_info {			/* its first version */
	__u64 mask, cgroupid;
	__u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid;
	__u32 fsgid, spare;
};
#define PIDFD_GET_INFO		_IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_PID		(1UL << 0)
#endif
#define UAPI_PER_ADDR_NO_RANDOMIZE	0x0040000

/* prctl(2) operations that the headers may lack */
#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER	57		/* 5.6 */
#define PR_GET_IO_FLUSHER	58
#endif
#ifndef PROCMAP_QUERY			/* 6.11, <linux/fs.h> */
struct procmap_query {
	__u64 size, query_flags, query_addr;
	__u64 vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	__u32 dev_major, dev_minor, vma_name_size, build_id_size;
	__u64 vma_name_addr, build_id_addr;
};
#define PROCMAP_QUERY		_IOWR('f', 17, struct procmap_query)
#define PROCMAP_QUERY_VMA_READABLE	0x01
#define PROCMAP_QUERY_VMA_WRITABLE	0x02
#endif
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59	/* 5.11 */
#endif
#ifndef PR_PAC_SET_ENABLED_KEYS
#define PR_PAC_SET_ENABLED_KEYS	60		/* 5.13 */
#define PR_PAC_GET_ENABLED_KEYS	61
#endif
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE		62		/* 5.14 */
#endif
#ifndef PR_SME_SET_VL
#define PR_SME_SET_VL		63		/* 5.19 */
#define PR_SME_GET_VL		64
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		65		/* 6.3 */
#define PR_GET_MDWE		66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE	67		/* 6.4 */
#define PR_GET_MEMORY_MERGE	68
#endif
#ifndef PR_GET_SHADOW_STACK_STATUS
#define PR_GET_SHADOW_STACK_STATUS	74	/* 6.13 */
#define PR_SET_SHADOW_STACK_STATUS	75
#define PR_LOCK_SHADOW_STACK_STATUS	76
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS
#define PR_TIMER_CREATE_RESTORE_IDS	77	/* 6.15 */
#endif
#ifndef PR_FUTEX_HASH
#define PR_FUTEX_HASH		78		/* 6.16 */
#endif
#ifndef PR_GET_AUXV
#define PR_GET_AUXV		0x41555856	/* 6.4 */
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41	/* 5.17 */
#endif

/* socket options; the distribution's headers may lack them */
#define UAPI_SO_PASSPIDFD	76		/* 6.5 */
#define UAPI_SO_PEERPIDFD	77

#endif
